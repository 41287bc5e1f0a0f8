export interface Node {
  id: string;
  parent: { id: string } | null;
  createdAt: string;
}

export interface Placed<N> {
  node: N;
  depth: number;
}

/** Put rows in the order of their tree: children below their parent, in the order they began. */
export function placed<N extends Node>(root: string, rows: readonly N[]): Placed<N>[] {
  const children = new Map<string, N[]>();
  const known = new Set(rows.map((row) => row.id));
  for (const row of rows) {
    if (row.id === root) continue;
    // A row whose parent is not in reach hangs on the root, so that none is hidden.
    const parent = row.parent && known.has(row.parent.id) ? row.parent.id : root;
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const found: Placed<N>[] = [];
  const seen = new Set<string>();
  const visit = (id: string, depth: number): void => {
    const below = [...(children.get(id) ?? [])].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    for (const node of below) {
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      found.push({ node, depth });
      visit(node.id, depth + 1);
    }
  };
  visit(root, 1);
  const top = rows.find((row) => row.id === root);
  return top ? [{ node: top, depth: 0 }, ...found] : found;
}
