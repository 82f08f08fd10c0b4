export { causedBy } from './caused-by.ts';
export * from './connection.ts';
export * from './errors.ts';
export { type Indexed, type Item, type Key, nameOf, type Ref } from './item.ts';
export { Lanes } from './lanes.ts';
export { openStore } from './open.ts';
export * from './store.ts';
export { type Ranked, Table, type TableOptions } from './table.ts';
export * from './timers.ts';
