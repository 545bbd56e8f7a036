"""A model into an answer: recommendations of the registered champion over HTTP."""
