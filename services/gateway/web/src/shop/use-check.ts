import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { shopApi, type Take } from '../api.ts';
import { isWhole } from '../code-text.ts';

const pauseOfTypingMs = 300;

/** Asks what a hold would answer, as soon as the code is whole and the typing pauses. */
export const useCheck = (shop: string, wanted: Omit<Take, 'buyer'> & { buyer: Take['buyer'] | undefined }) => {
  // As text, so that what is the same stays the same.
  const [typed] = useDebouncedValue(JSON.stringify(wanted), pauseOfTypingMs);
  const { code, orderId, sku, buyer, invite } = JSON.parse(typed) as typeof wanted;
  return useQuery({
    queryKey: ['check', shop, typed],
    queryFn: () =>
      shopApi(shop).check({ code, orderId, sku, ...(buyer && { buyer }), ...(invite !== undefined && { invite }) }),
    enabled: isWhole(code) && isWhole(wanted.code),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    staleTime: 0,
    gcTime: 0,
  });
};
