import { Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Demo } from '../demo.ts';
import { NothingYet } from '../nothing-yet.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { inviteQuery } from '../queries.ts';
import { isUnknownLink } from '../unknown-link.ts';
import { OrderPanel } from './order-panel.tsx';
import { ProductCard } from './product-card.tsx';
import { useInviteId } from './use-invite-id.ts';
import { useOnSale } from './use-on-sale.ts';
import { useOrder } from './use-order.ts';

/** The product and the order for it. */
export const ShopCounter = ({ demo }: { demo: Demo }) => {
  const { t } = useTranslation();
  const [order, setOrder] = useOrder();
  const [search] = useSearchParams();
  const [chosenSku, setChosenSku] = useState(search.get('sku'));
  const { inviteId, forget } = useInviteId();
  const {
    data: invite,
    error: inviteError,
    isLoading,
  } = useQuery({ ...inviteQuery(inviteId ?? ''), enabled: inviteId !== undefined });
  const { onSale, error, refetch } = useOnSale(demo);

  const invited = invite?.campaign.skus.map((sku) => ({ sku, campaign: invite.campaign })) ?? [];
  const others = (onSale ?? []).filter(({ sku }) => invited.every((product) => product.sku !== sku));
  const choices = [...invited, ...others];
  const product = choices.find(({ sku }) => sku === chosenSku) ?? choices[0];

  if (error && !product) return <ProblemAlert error={error} onRetry={refetch} />;
  if (isLoading || (!product && !onSale)) return <Skeleton height={420} />;
  if (!product) return <NothingYet title={t('shop.noDropTitle')}>{t('shop.noDropText')}</NothingYet>;
  return (
    <Stack gap="lg">
      <ProductCard
        product={product}
        choices={order.stage === 'draft' ? choices : []}
        invite={order.stage === 'paid' ? undefined : invite}
        onChoose={setChosenSku}
      />
      <OrderPanel
        order={order}
        onOrder={setOrder}
        sku={product.sku}
        // A link that the system does not know credits nobody.
        inviteId={isUnknownLink(inviteError) ? undefined : inviteId}
        demo={demo}
        onPaid={forget}
      />
    </Stack>
  );
};
