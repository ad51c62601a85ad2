"use strict";
// Sorts and filters the table of everyone. All is there without it; what needs it shows with it.
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("table");
  const body = table.tBodies[0];
  const find = byId("find");
  const output = byId("output");
  const mistake = byId("mistake");
  const ungraded = byId("ungraded");
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const places = (text) => (text ? text.split(" ") : []);
  let rows = null;

  // What is known of each row, read when it is first needed: the page is shown at once.
  const known = () => {
    rows ??= Array.from(body.rows, (row) => ({
      row,
      text: row.textContent.toLowerCase(),
      missed: places(row.dataset.missed),
      mistakes: places(row.dataset.mistakes),
      ungraded: "ungraded" in row.dataset,
    }));
    return rows;
  };

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/);
    const missed = output?.value ?? "";
    const made = mistake?.value ?? "";
    let shown = 0;
    for (const one of known()) {
      const fits =
        words.every((word) => one.text.includes(word)) &&
        (!missed || one.missed.includes(missed)) &&
        (!made || one.mistakes.includes(made)) &&
        (!ungraded.checked || one.ungraded);
      one.row.hidden = !fits;
      shown += fits;
    }
    byId("shown").textContent = `${shown} of ${rows.length} shown`;
  };

  const reset = () => {
    for (const control of [find, output, mistake]) if (control) control.value = "";
    ungraded.checked = false;
  };

  // Numbers fall at first, as one looks for the best; text rises. What has none comes last.
  const sort = (heading, at) => {
    const isNumber = heading.dataset.kind === "number";
    const first = isNumber ? "descending" : "ascending";
    const other = isNumber ? "ascending" : "descending";
    const wanted = heading.getAttribute("aria-sort") === first ? other : first;
    for (const one of table.tHead.rows[0].cells) one.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", wanted);
    const sign = wanted === "ascending" ? 1 : -1;
    const keyed = known().map((one) => {
      const text = one.row.cells[at].textContent.trim();
      return { one, key: isNumber ? Number.parseFloat(text) : text };
    });
    const none = (key) => key === "" || Number.isNaN(key);
    keyed.sort((a, b) => {
      if (none(a.key) || none(b.key)) return none(a.key) - none(b.key);
      return sign * (isNumber ? a.key - b.key : order.compare(a.key, b.key));
    });
    rows = keyed.map(({ one }) => one);
    body.append(...rows.map(({ row }) => row));
  };

  for (const [at, heading] of Array.from(table.tHead.rows[0].cells).entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading, at));
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
  }
  for (const control of [find, output, mistake, ungraded]) {
    control?.addEventListener("input", filter);
  }
  byId("all").addEventListener("click", () => {
    reset();
    filter();
  });
  for (const button of document.querySelectorAll("button.pick")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      reset();
      output.value = button.dataset.output;
      filter();
      byId("everyone").focus();
    });
  }
  document.querySelector(".controls").hidden = false;
  // A browser that comes back to the page fills in what was asked for before.
  if (find.value || output?.value || mistake?.value || ungraded.checked) filter();
})();
