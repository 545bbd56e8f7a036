"""Two stages: several sources name candidates, a learned ranker puts them in order."""
