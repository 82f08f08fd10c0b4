import { ensureTables } from '@fcode/infra/engine';
import { services, tableName } from '@fcode/infra/tables';
import { afterAll, describe, expect, it } from 'vitest';
import { startDynamoLocal } from './dynamo-local.ts';

const dynamo = await startDynamoLocal();
afterAll(async () => dynamo?.stop());

const tablesOf = async (accessKey: string): Promise<unknown> => {
  const credential = `Credential=${accessKey}/20250101/local/dynamodb/aws4_request`;
  const answer = await fetch(dynamo?.endpoint ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      // It reads who asks, and does not check the signature.
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=none`,
    },
    body: '{}',
  });
  return await answer.json();
};

describe.skipIf(!dynamo)('a DynamoDB Local for tests', () => {
  it('holds our tables, and takes them twice', async () => {
    await ensureTables(dynamo?.endpoint ?? '');
    await ensureTables(dynamo?.endpoint ?? '');
    const names = services.map((service) => tableName(service));
    expect(await tablesOf('local')).toEqual({ TableNames: expect.arrayContaining(names) });
  });
});

describe.skipIf(dynamo === undefined || dynamo.how === 'given')('a DynamoDB Local of our own', () => {
  it('has one database for each access key', async () => {
    await ensureTables(dynamo?.endpoint ?? '');
    expect(await tablesOf('another')).toEqual({ TableNames: [] });
  });
});
