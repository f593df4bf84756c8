// Makes the heads of the table buttons that sort it; without this script the table is complete, but in one order.
"use strict";
for (const table of document.querySelectorAll("table.examples")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const text = (row, column) => row.cells[column].textContent.trim();
  const number = (cell) => Number(cell.replace(/,/g, ""));
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => [text(row, column), row]);
      const numeric = rows.every(([cell]) => cell === "" || !Number.isNaN(number(cell)));
      const sign = down ? -1 : 1;
      // empty cells come last in both directions
      rows.sort(
        ([a], [b]) =>
          (a === "") - (b === "") || sign * (numeric ? number(a) - number(b) : a.localeCompare(b)));
      const sorted = document.createDocumentFragment();
      rows.forEach(([, row]) => sorted.append(row));
      body.append(sorted);
    });
  });
}
