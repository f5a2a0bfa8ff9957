/** Groups loans by the line of the program that took them, or by their label if that line is not known. */
export function byCallSite<L extends { readonly callSite?: string | undefined; readonly label?: string | undefined }>(
  loans: Iterable<L>,
): [L, ...L[]][] {
  const groups = new Map<string, [L, ...L[]]>();
  for (const loan of loans) {
    const key = loan.callSite ?? `by ${loan.label ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [loan]);
    else group.push(loan);
  }
  return [...groups.values()];
}
