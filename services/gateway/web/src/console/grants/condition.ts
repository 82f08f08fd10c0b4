/** A condition with one more thing that must hold. */
export const withPart = (condition: string, part: string): string => {
  const before = condition.trim();
  if (before === '') return part;
  return before.includes('||') ? `(${before}) && ${part}` : `${before} && ${part}`;
};
