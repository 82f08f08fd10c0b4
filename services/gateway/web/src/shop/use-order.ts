import { useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { codeInFragment } from '../code-text.ts';
import { newOrder, type Order, withCode } from './order.ts';

const key = 'fcode.order';
const kept = (): Order => {
  const text = sessionStorage.getItem(key);
  return text === null ? newOrder() : (JSON.parse(text) as Order);
};

/**
 * The order of this tab. It outlives a reload, so that a hold is resumed. A code in the address (`#…`) goes into it, and
 * leaves the address: it shall not stay in the history, nor be seen over a shoulder.
 */
export const useOrder = () => {
  const [order, setOrder] = useState(kept);
  const { pathname, search, hash } = useLocation();
  const navigate = useNavigate();

  useEffect(() => sessionStorage.setItem(key, JSON.stringify(order)), [order]);
  useEffect(() => {
    const code = codeInFragment(hash);
    if (code === undefined) return;
    setOrder((current) => withCode(current, code));
    void navigate({ pathname, search }, { replace: true });
  }, [hash, pathname, search, navigate]);

  return [order, setOrder] as const;
};
