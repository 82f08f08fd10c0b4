import type { z } from 'zod';

/** A variable of the environment: its schema, what it is for, and an example to put into the message when it is wrong. */
export interface Variable<Schema extends z.ZodType> {
  schema: Schema;
  about: string;
  example: string;
}

/**
 * Reads and checks all variables at once. Throws one error that names every variable that is missing or wrong, what it
 * is for and an example; values are never repeated, since they may be secrets.
 */
export const readEnvironment = <Schemas extends Record<string, z.ZodType>>(
  variables: { [Name in keyof Schemas]: Variable<Schemas[Name]> },
  environment: Record<string, string | undefined> = process.env,
): { [Name in keyof Schemas]: z.output<Schemas[Name]> } => {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, { schema, about, example }] of Object.entries(variables) as [string, Variable<z.ZodType>][]) {
    const given = environment[name] === '' ? undefined : environment[name];
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else
      wrong.push(
        `  ${name} ${given === undefined ? 'is missing' : 'is not right'}: ${about}. Example: ${name}=${example}`,
      );
  }
  if (wrong.length > 0) throw new Error(`The environment is not complete:\n${wrong.join('\n')}`);
  return values as { [Name in keyof Schemas]: z.output<Schemas[Name]> };
};
