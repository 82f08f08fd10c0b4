import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FcodeProblem, memberApi, type Transfer, type TransferLook } from '../api.ts';
import { PageHeading } from '../page-heading.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { memberKey, offerQuery, transfersQuery } from '../queries.ts';
import { NothingToAccept, type WhyNot, whyNotOf } from './nothing-to-accept.tsx';
import { Offered } from './offered.tsx';
import { WhatAcceptingMeans } from './what-accepting-means.tsx';
import { Yours } from './yours.tsx';

/** What a link is no good for any more; to try again would change nothing. */
const finals = ['transfer_not_found', 'transfer_own', 'transfer_taken', 'transfer_over'] as const;
const finalOf = (error: unknown) =>
  error instanceof FcodeProblem ? finals.find((word) => word === error.word) : undefined;

/** What the member's own list knows of the offer: nobody's taken or ended offer is theirs, but their own may be. */
const whyNotMine = (mine: Transfer | undefined, offer: TransferLook): WhyNot | undefined => {
  if (mine?.direction === 'received' && mine.status === 'used') return 'used';
  return mine?.direction === 'given' && offer.status === 'open' ? 'transfer_own' : whyNotOf(offer);
};

interface AcceptanceProps {
  subject: string;
  name: string;
  token: string;
  offer: TransferLook;
}

/** What is offered, what accepting means, and the button for it; then the code, and the way to the shop; or why there is none. */
export const Acceptance = ({ subject, name, token, offer }: AcceptanceProps) => {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: transfers, isLoading } = useQuery(transfersQuery(subject));
  const accept = useMutation({
    mutationFn: () => memberApi(subject).accept(token),
    onSettled: () =>
      Promise.all(
        [memberKey(subject), offerQuery(token).queryKey].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
  if (isLoading) return <Skeleton height={420} maw={640} mx="auto" />;

  // Whoever accepted it comes back by the same link.
  const mine = transfers?.find(({ transferId }) => transferId === offer.transferId);
  const received = mine?.direction === 'received' ? mine : accept.data;
  if (received?.status === 'accepted' && received.code !== undefined) {
    const { code, from, until } = received;
    return <Yours subject={subject} name={name} code={code} from={from} until={until} sku={offer.skus[0]} />;
  }
  const why = whyNotMine(mine, offer) ?? finalOf(accept.error);
  if (why) return <NothingToAccept why={why} offer={offer} subject={subject} />;
  return (
    <Stack gap="lg" maw={640} mx="auto">
      <Stack gap="sm">
        <PageHeading page="accept">{t('accept.title')}</PageHeading>
        <Text fz="lg">{t('accept.what')}</Text>
      </Stack>
      <Offered offer={offer} subject={subject}>
        <WhatAcceptingMeans until={offer.until} />
        {accept.error && <ProblemAlert error={accept.error} />}
        <Group>
          <Button size="lg" onClick={() => accept.mutate()} loading={accept.isPending}>
            {t('accept.accept')}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {t('accept.as', { name })}
        </Text>
      </Offered>
    </Stack>
  );
};
