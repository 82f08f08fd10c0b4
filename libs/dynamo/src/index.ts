export * from './connection.ts';
export * from './errors.ts';
export { type Item, type Key, nameOf, type Ref } from './item.ts';
export { Lanes } from './lanes.ts';
export { openStore } from './open.ts';
export * from './store.ts';
export { Table, type TableOptions } from './table.ts';
