import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Lease, leaseClosed, leaseOpened, leftIn, type Pool } from './quota.ts';

/** One instance takes at most this share of what is left, so that many can work and little is lost when one dies. */
const shareOfRest = 8;
const sliceAtMost = 1000;

/** Takes a slice of what is left in the pool; the receipt says how many codes the lease has then. */
export const openLease = (
  holder: string,
  pool: Pool,
  lease: Lease,
): Decision<{ left: number }, 'pool_stopped' | 'pool_empty'> => {
  if (leftIn(lease) > 0) return again({ left: leftIn(lease) });
  if (pool.status !== 'open') return refuse('pool_stopped');
  const slice = Math.min(sliceAtMost, Math.ceil(pool.left / shareOfRest), pool.room - pool.nextIndex);
  if (slice <= 0) return refuse('pool_empty');
  const { batch, keyVersion, nextIndex: from } = pool;
  return accept([leaseOpened({ lease: holder, batch, keyVersion, from, end: from + slice })], { left: slice });
};

/** Gives back what a lease has not handed out; its owner's next claim finds it closed, whoever closed it. */
export const closeLease = (holder: string, pool: Pool, lease: Lease): Decision<object, never> =>
  lease.status === 'open' && pool.status !== 'none'
    ? accept([leaseClosed({ lease: holder, next: lease.next, end: lease.end })], {})
    : again({});
