const wireNames: Readonly<Record<string, string>> = {
  isActive: 'is_active',
  retentionDays: 'retention_days',
};

/**
 * Of the wanted fields those that are not so yet, as they are and as they will be, under the names of the API; null when there
 * are none.
 */
export function changedFields<Row extends object>(
  row: Row,
  wanted: Partial<Row>,
): { readonly before: object; readonly after: object } | null {
  const keys = Object.keys(wanted).filter((key) => wanted[key as keyof Row] !== row[key as keyof Row]);
  if (keys.length === 0) return null;
  const pick = (values: Partial<Row>) =>
    Object.fromEntries(keys.map((key) => [wireNames[key] ?? key, values[key as keyof Row]]));
  return { before: pick(row), after: pick(wanted) };
}
