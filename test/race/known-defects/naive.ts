// A store as it is usually written, kept for one purpose: each check beside it must find its defect here (known-defects.spec.ts).
// It reads a row, decides, and writes the row back; it counts with plain counters; and for each thing that goes wrong it does
// what the threads did that the checks name. Two processes of it run on one table of a real engine. Nothing else uses it.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const { PORT, DYNAMODB_ENDPOINT: endpoint = '', NAIVE_TABLE: table } = process.env;

const dynamo = async (operation: string, body: object): Promise<{ Item?: { row: { S: string } } }> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ TableName: table, ...body }),
  });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { Item?: { row: { S: string } } };
};
const read = async <Row>(id: string): Promise<Row | undefined> => {
  const { Item } = await dynamo('GetItem', { Key: { pk: { S: id } }, ConsistentRead: true });
  return Item && (JSON.parse(Item.row.S) as Row);
};
const write = (id: string, row: object) =>
  dynamo('PutItem', { Item: { pk: { S: id }, row: { S: JSON.stringify(row) } } });

/** Each code may be used once. */
interface Code {
  used: number;
  buyerLimit: number;
  orderLimit: number;
  discount: number;
  orderId?: string;
  redemptionId?: string;
}
interface Customer {
  used: number;
}
interface Order {
  status: 'placed' | 'paid' | 'failed' | 'cancelled';
  customer: string;
  codes: string[];
  invite?: string;
  refunded: number;
}
interface Fan {
  points: number;
}

interface Body {
  code: string;
  orderId: string;
  buyer?: { memberId?: string; email?: string; phone?: string };
  invite?: string;
  holdId: string;
  redemptionId: string;
  refunded: number;
}
interface Reply {
  status: number;
  body: object;
}
const answer = (body: object): Reply => ({ status: 200, body });
const refuse = (status: number, word: string, title: string): Reply => ({
  status,
  body: { type: `urn:fcode:problem:${word}`, title, status },
});

const customerOf = ({ memberId, email, phone }: NonNullable<Body['buyer']>): string =>
  `customer/${memberId ?? email ?? phone}`;

/** Says each time exactly what is wrong. */
const whyNot = async ({ code: text, orderId, buyer }: Body): Promise<Reply | undefined> => {
  const code = await read<Code>(`code/${text}`);
  if (!code) return refuse(404, 'code_not_found', 'We know no such code.');
  if (code.redemptionId !== undefined) return refuse(409, 'code_redeemed', 'This code has been redeemed.');
  if (code.used >= 1) return refuse(409, 'code_held', 'Somebody is paying with this code.');
  // Whoever is not in the customers' table yet is new, and has used nothing.
  const customer = buyer && (await read<Customer>(customerOf(buyer)));
  if (customer && code.buyerLimit > 0 && customer.used >= code.buyerLimit) {
    return refuse(409, 'buyer_limit_reached', 'You have used this offer as often as you may.');
  }
  const order = await read<Order>(`order/${orderId}`);
  if (order && code.orderLimit > 0 && order.codes.length >= code.orderLimit) {
    return refuse(409, 'order_limit_reached', 'There is a code on this order.');
  }
  return undefined;
};

/** The order is placed: its code counts from here on. What becomes of unpaid orders, a nightly job is to look after. */
const place = async (body: Body): Promise<Reply> => {
  const refused = await whyNot(body);
  if (refused) return refused;
  const { code: text, orderId, buyer = {}, invite } = body;
  const code = (await read<Code>(`code/${text}`)) as Code;
  await write(`code/${text}`, { ...code, used: code.used + 1, orderId });
  const before = await read<Order>(`order/${orderId}`);
  const codes = [...(before?.codes ?? []), text];
  const order = { status: 'placed', customer: customerOf(buyer), codes, invite, refunded: 0 };
  await write(`order/${orderId}`, order);
  const effect = { kind: 'amount', discount: { amount: code.discount, currency: 'EUR' } };
  return answer({ status: 'held', holdId: `hold/${text}/${randomUUID()}`, orderId, holdUntil: soon(), effect });
};
const soon = (): string => new Date(Date.now() + 10_000).toISOString();

/** The order is paid, and who invited the customer is rewarded. */
const settle = async (text: string, orderId: string): Promise<Reply> => {
  const [code, order] = await Promise.all([read<Code>(`code/${text}`), read<Order>(`order/${orderId}`)]);
  if (!code || !order) return refuse(404, 'order_not_found', 'We know no such order.');
  const redemptionId = `redemption/${text}/${randomUUID()}`;
  await write(`code/${text}`, { ...code, orderId, redemptionId });
  await write(`order/${orderId}`, { ...order, status: 'paid' });
  if (order.invite !== undefined) {
    const fan = await read<Fan>(`fan/${order.invite}`);
    await write(`fan/${order.invite}`, { points: (fan?.points ?? 0) + 20 });
  }
  return answer({ status: 'redeemed', redemptionId, orderId });
};

const codeIn = (id: string): string => id.split('/')[1] as string;

const verbs: Record<string, (body: Body) => Promise<Reply>> = {
  check: async (body) => {
    const refused = await whyNot(body);
    if (!refused) return answer({ outcome: 'accepted', reasons: [] });
    return answer({ outcome: 'refused', ...refused.body });
  },
  hold: place,
  extend: async ({ holdId, orderId }) => answer({ status: 'held', holdId, orderId, holdUntil: soon() }),
  confirm: async ({ holdId, orderId }) => {
    const order = await read<Order>(`order/${orderId}`);
    const customer = order && (await read<Customer>(order.customer));
    if (order) await write(order.customer, { used: (customer?.used ?? 0) + 1 });
    return settle(codeIn(holdId), orderId);
  },
  redeem: async (body) => {
    const placed = await place(body);
    return placed.status === 200 ? settle(body.code, body.orderId) : placed;
  },
  /** The customer may try another card, so the order keeps its code. */
  release: async ({ holdId, orderId }) => {
    const order = await read<Order>(`order/${orderId}`);
    await write(`order/${orderId}`, { ...order, status: 'failed' });
    return answer({ status: 'released', holdId, orderId });
  },
  cancel: async ({ redemptionId, orderId }) => {
    const text = codeIn(redemptionId);
    const [code, order] = await Promise.all([read<Code>(`code/${text}`), read<Order>(`order/${orderId}`)]);
    await write(`order/${orderId}`, { ...order, status: 'cancelled' });
    if (code) {
      const { orderId: _, redemptionId: _gone, ...rest } = code;
      await write(`code/${text}`, { ...rest, used: code.used - 1 });
    }
    return answer({ status: 'cancelled', redemptionId, orderId });
  },
  return: async ({ redemptionId, orderId, refunded }) => {
    const [code, order] = await Promise.all([
      read<Code>(`code/${codeIn(redemptionId)}`),
      read<Order>(`order/${orderId}`),
    ]);
    if (!order || code?.orderId !== orderId) return refuse(404, 'redemption_not_found', 'This order has no code.');
    await write(`order/${orderId}`, { ...order, refunded: order.refunded + refunded });
    return answer({ status: 'refunded', redemptionId, orderId });
  },
};

const reply = async (url: string, body: unknown): Promise<Reply> => {
  if (url === '/readyz') return answer({});
  // How the checks set it up, and look at it.
  if (url === '/codes') {
    const { codes, ...terms } = body as { codes: string[] };
    await Promise.all(codes.map((code) => write(`code/${code}`, { used: 0, ...terms })));
    return answer({});
  }
  if (url.startsWith('/points/')) return answer((await read<Fan>(`fan/${url.slice(8)}`)) ?? { points: 0 });
  const verb = verbs[url.replace('/v1/checkout/', '')];
  return verb ? verb(body as Body) : refuse(404, 'not_found', 'There is nothing here.');
};

await dynamo('CreateTable', {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
}).catch((error: unknown) => {
  // The other process was first.
  if (!String(error).includes('ResourceInUseException')) throw error;
});

createServer((request, response) => {
  const send = ({ status, body }: Reply) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const asked = request.method === 'POST' ? json(request) : Promise.resolve({});
  asked
    .then((body) => reply(request.url ?? '', body))
    .then(send, (error: unknown) => send({ status: 500, body: { title: String(error) } }));
}).listen(Number(PORT), '127.0.0.1');
