/** "Did you mean": the closest of some names. */

/** The name nearest to `wrong`, when it is near enough to be meant. */
export function closest(wrong: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(wrong.length / 3));
  const ranked = names
    .map((name) => ({ name, distance: distance(simplify(wrong), simplify(name)) }))
    .filter(({ distance: d }) => d <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name;
}

/** `portMin`, `port-min` and `PORT_MIN` all mean `port_min`. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}

/** Damerau-Levenshtein distance, restricted: two neighbours swapped count once. */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (r: number, c: number) => rows[r]?.[c] ?? 0;
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? Math.max(a.length, b.length);
}
