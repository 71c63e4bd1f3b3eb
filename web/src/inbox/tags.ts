/** The tags in a line as people type it: `billing, refund`. No empty ones, none twice. */
export function parseTags(line: string): string[] {
  return [...new Set(line.split(',').map((tag) => tag.trim()).filter(Boolean))];
}

/** The tags with those of a typed line added. */
export function addTag(tags: readonly string[], line: string): string[] {
  return [...new Set([...tags, ...parseTags(line)])];
}
