/** `1 caller`, `2 callers`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number === Infinity ? 'any number of' : number} ${number === 1 ? one : many}`;
