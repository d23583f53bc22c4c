import type { DomNode, FormatCallback } from 'html-to-text';

/** A row is a line, its cells between bars: columns that are filled up with spaces would cost, and not be in line either. */
export const tableFormatter: FormatCallback = (element, walk, builder) => {
  // A caption, and what does not belong into a table: it is not lost.
  walk(
    element.children.filter(
      (child) => child.type === 'tag' && !['tr', 'thead', 'tbody', 'tfoot'].includes(child.name ?? ''),
    ),
    builder,
  );
  builder.openTable();
  for (const child of element.children) {
    if (child.name === 'tr') row(child);
    else if (child.name === 'thead' || child.name === 'tbody' || child.name === 'tfoot') {
      for (const inner of child.children) if (inner.name === 'tr') row(inner);
    }
  }
  builder.closeTable({
    tableToString: (rows) =>
      rows.map((cells) => cells.map((cell) => cell.text.replace(/\s+/gu, ' ').trim()).join(' | ')).join('\n'),
    leadingLineBreaks: 1,
    trailingLineBreaks: 1,
  });

  function row(tr: DomNode): void {
    builder.openTableRow();
    for (const cell of tr.children) {
      if (cell.name !== 'td' && cell.name !== 'th') continue;
      builder.openTableCell();
      walk(cell.children, builder);
      builder.closeTableCell();
    }
    builder.closeTableRow();
  }
};
