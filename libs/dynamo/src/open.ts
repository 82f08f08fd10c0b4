import { connect } from './connection.ts';
import { Store, type StoreOptions } from './store.ts';
import { Table } from './table.ts';

/** A service's store: its own connection, table and outbox. `endpoint` absent means DynamoDB itself. */
export const openStore = (
  options: { endpoint?: string | undefined; table: string } & Omit<StoreOptions, 'table'>,
): Store => {
  const { endpoint, table, ...rest } = options;
  const client = connect(endpoint === undefined ? {} : { endpoint });
  return new Store({ ...rest, table: new Table({ client, name: table }) });
};
