(() => {
  const byId = (id) => document.getElementById(id);
  const list = byId("list");
  const rows = [...list.querySelectorAll(".feature")];
  const place = new Map(rows.map((row, position) => [row, position]));
  const views = [...document.querySelectorAll(".view")];
  const chosen = new Set();
  const orders = {
    view: (a, b) => place.get(a) - place.get(b),
    name: (a, b) => a.dataset.name.localeCompare(b.dataset.name) || orders.view(a, b),
    worth: (a, b) => b.dataset.worth - a.dataset.worth || orders.view(a, b),
    nulls: (a, b) => b.dataset.nulls - a.dataset.nulls || orders.view(a, b),
    newest: (a, b) => a.dataset.newest - b.dataset.newest || orders.view(a, b),
  };

  function fits(row, words, entity, service) {
    return words.every((word) => row.dataset.text.includes(word))
      && (!entity || row.dataset.entity === entity)
      && (!service || row.dataset.services.split(" ").includes(service))
      && (!chosen.size || chosen.has(row.dataset.view));
  }

  function filter() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const entity = byId("entity").value;
    const service = byId("service").value;
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row, words, entity, service);
      shown += !row.hidden;
    }
    byId("count").value = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    byId("nothing").hidden = shown > 0;
  }

  function sort() {
    list.append(...rows.sort(orders[byId("sort").value]));
  }

  for (const view of views) {
    const button = view.querySelector("button");
    button.addEventListener("click", () => {
      const name = view.dataset.view;
      chosen.has(name) ? chosen.delete(name) : chosen.add(name);
      button.setAttribute("aria-pressed", chosen.has(name));
      view.classList.toggle("chosen", chosen.has(name));
      filter();
    });
  }
  byId("search").addEventListener("input", filter);
  byId("entity").addEventListener("change", filter);
  byId("service").addEventListener("change", filter);
  byId("sort").addEventListener("change", sort);
  byId("clear").addEventListener("click", () => {
    document.querySelector(".tools").reset();
    for (const view of views.filter((each) => chosen.has(each.dataset.view))) {
      view.querySelector("button").click();
    }
    filter();
    sort();
  });
  document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
