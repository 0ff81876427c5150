/** Rounded to one decimal; a number too large to have decimals stays as it is. */
export function roundToTenth(value: number): number {
  return Math.abs(value) < 1e15 ? Number(value.toFixed(1)) : value;
}
