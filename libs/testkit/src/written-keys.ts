import { tableDefinition } from '@fcode/infra/tables';

type KeySchema = ReturnType<typeof tableDefinition>['KeySchema'];

/** As an item comes in DynamoDB's protocol; of our tables every key is an S, and every number text in an N. */
export type Attributes = Record<string, { S?: string; N?: string }>;

const namesIn = (schema: KeySchema): [hash: string, sort: string] =>
  (schema ?? []).map(({ AttributeName }) => AttributeName) as [string, string];

const definition = tableDefinition('membership');
/** Of the keys of every table: all have one shape. */
export const [hashKey, sortKey] = namesIn(definition.KeySchema);
/** The attributes that an index has its keys from, by its name. */
export const indexKeys = new Map(
  definition.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema }) => {
    const [hash, sort] = namesIn(KeySchema);
    return [IndexName as string, { hash, sort }] as const;
  }),
);

/** Names an item among all tables; undefined when it has no keys of ours. */
export const itemName = (table: string | undefined, attributes: Attributes | undefined): string | undefined => {
  const [hash, sort] = [attributes?.[hashKey]?.S, attributes?.[sortKey]?.S];
  return hash === undefined || sort === undefined ? undefined : `${table}\n${hash}\n${sort}`;
};

interface Write {
  TableName?: string;
  Item?: Attributes;
  Key?: Attributes;
}

interface Statement {
  Statement: string;
  Parameters?: { S?: string }[];
}

/** Names of the items that a call wrote, by what the engine answered it; without an answer, of all that it may have written. */
export const writtenBy = (
  operation: string,
  body: string,
  answer: string | undefined,
  notUnderstood: (statement: string) => void,
): string[] => {
  if (!isItemWrite(operation)) return [];
  const request = JSON.parse(body) as Write & {
    TransactItems?: { Put?: Write; Update?: Write }[];
    Statements?: Statement[];
  };
  const names =
    operation === 'BatchExecuteStatement'
      ? (request.Statements ?? []).filter(withoutErrors(answer)).map((statement) => nameIn(statement, notUnderstood))
      : operation === 'TransactWriteItems'
        ? (request.TransactItems ?? []).map(({ Put, Update }) => nameOfWrite(Put ?? Update ?? {}))
        : [nameOfWrite(request)];
  return names.filter((name) => name !== undefined);
};

/** Deletions are none: what is deleted is in no index any more. */
export const isItemWrite = (operation: string): boolean =>
  operation === 'BatchExecuteStatement' ||
  operation === 'TransactWriteItems' ||
  operation === 'PutItem' ||
  operation === 'UpdateItem';

const nameOfWrite = ({ TableName, Item, Key }: Write): string | undefined => itemName(TableName, Item ?? Key);

const withoutErrors = (answer: string | undefined): ((_: Statement, position: number) => boolean) => {
  if (!answer?.includes('"Error"')) return () => true;
  const { Responses = [] } = JSON.parse(answer) as { Responses?: { Error?: object }[] };
  return (_, position) => Responses[position]?.Error === undefined;
};

/** E.g. of `UPDATE "fcode-redemption" SET ...`. */
export const tableOf = (statement: string): string | undefined =>
  /^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|SELECT\s.*?\sFROM)\s+"?([\w.-]+)"?/is.exec(statement)?.[1];

/** Where a statement has its table, and at which of its parameters its item's keys. */
interface Form {
  table: string;
  hash: number;
  sort: number;
}

// A program has a few statements and sends them again and again.
const forms = new Map<string, Form | 'no write' | undefined>();
const mostForms = 1000;

const nameIn = ({ Statement, Parameters }: Statement, notUnderstood: (statement: string) => void) => {
  if (forms.size > mostForms) forms.clear();
  if (!forms.has(Statement)) forms.set(Statement, formOf(Statement));
  const form = forms.get(Statement);
  if (form === 'no write') return undefined;
  const [hash, sort] = form ? [Parameters?.[form.hash]?.S, Parameters?.[form.sort]?.S] : [];
  if (form && hash !== undefined && sort !== undefined) return `${form.table}\n${hash}\n${sort}`;
  notUnderstood(Statement);
  return undefined;
};

/** Of `INSERT INTO "t" VALUE {'pk': ?, ...}` and `UPDATE "t" SET ... WHERE "pk"=? AND ...`, keys in any place. */
const formOf = (statement: string): Form | 'no write' | undefined => {
  if (/^\s*(?:SELECT|DELETE)\s/i.test(statement)) return 'no write';
  const table = tableOf(statement);
  // A question mark in a text is no parameter.
  const text = statement.replace(/'[^']*'/g, (quoted) => quoted.replaceAll('?', ' '));
  const from = /^\s*INSERT\s/i.test(text) ? text.indexOf('{') : text.search(/\sWHERE\s/i);
  const placeOf = (name: string): number | undefined => {
    const found = new RegExp(`(?<![\\w"'])["']?${name}["']?\\s*[:=]\\s*\\?`).exec(text.slice(from));
    return found ? text.slice(0, from + found.index).split('?').length - 1 : undefined;
  };
  const [hash, sort] = from < 0 ? [] : [placeOf(hashKey), placeOf(sortKey)];
  return table === undefined || hash === undefined || sort === undefined ? undefined : { table, hash, sort };
};
