// A table whose columns sort it when their heads are clicked. Used by reports' pages and by the playground.

/** Each head has a button `.sort`, each cell says in `data-by` what its column is sorted by. */
export function sortable(table: HTMLElement): void {
  const body = table.querySelector('tbody')!;
  const original = [...body.querySelectorAll<HTMLElement>('tr')];
  for (const [column, button] of [...table.querySelectorAll<HTMLElement>('.sort')].entries()) {
    button.addEventListener('click', () => {
      const head = button.closest('th')!;
      const before = head.getAttribute('aria-sort');
      // Numbers begin with the largest; a third click brings the network's own order back.
      const [first, second] = head.classList.contains('number')
        ? ['descending', 'ascending']
        : ['ascending', 'descending'];
      const next = before === null ? first : before === first ? second : undefined;
      for (const other of table.querySelectorAll('thead th')) other.removeAttribute('aria-sort');
      if (next) head.setAttribute('aria-sort', next);
      body.append(...(next ? sorted(original, column, next === 'descending' ? -1 : 1) : original));
    });
  }
}

function sorted(rows: readonly HTMLElement[], column: number, sign: number): readonly HTMLElement[] {
  const keyOf = (row: HTMLElement): string => (row.children[column] as HTMLElement).dataset['by']!;
  const isNumeric = rows.every((row) => keyOf(row) !== '' && Number.isFinite(Number(keyOf(row))));
  return rows.toSorted(
    (a, b) =>
      sign *
      (isNumeric ? Number(keyOf(a)) - Number(keyOf(b)) : keyOf(a).localeCompare(keyOf(b), 'en', { numeric: true })),
  );
}
