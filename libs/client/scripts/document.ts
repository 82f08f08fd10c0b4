import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

export const documentFile = new URL('../openapi.json', import.meta.url);
export const schemaFile = new URL('../src/schema.d.ts', import.meta.url);

export const printed = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

/** The TypeScript types of an OpenAPI document (JSON text), with one exported type for each of its named schemas. */
export const typesOf = async (document: string): Promise<string> => {
  const options = { rootTypes: true, rootTypesNoSchemaPrefix: true, defaultNonNullable: false, silent: true };
  return `${COMMENT_HEADER}${astToString(await openapiTS(document, options))}`;
};
