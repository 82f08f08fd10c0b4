import { Alert, Anchor, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { TransferLook } from '../api.ts';
import type { en } from '../language/en.ts';
import { useProblemText } from '../language/use-problem-text.ts';
import { PageHeading } from '../page-heading.tsx';
import { Offered } from './offered.tsx';

export type WhyNot = keyof typeof en.accept.refused;

/** Why an offer cannot be accepted any more; undefined while it can. */
export const whyNotOf = ({ status, endsAt }: TransferLook): WhyNot | undefined => {
  switch (status) {
    case 'open':
      return undefined;
    case 'accepted':
      return 'transfer_taken';
    case 'withdrawn':
      return 'withdrawn';
    case 'over':
      return Date.parse(endsAt) <= Date.now() ? 'campaign_ended' : 'transfer_over';
  }
};

interface NothingToAcceptProps {
  why: WhyNot;
  /** Where it is known what the link is of. */
  offer?: TransferLook;
  subject?: string;
}

/** That there is nothing to accept, why, and of what. */
export const NothingToAccept = ({ why, offer, subject }: NothingToAcceptProps) => {
  const { t } = useTranslation();
  const { ofWord } = useProblemText();
  return (
    <Stack gap="lg" maw={640} mx="auto">
      <PageHeading key={why} page="accept">
        {t(`accept.refused.${why}`)}
      </PageHeading>
      <Alert variant="light" role="alert" data-testid="refused">
        {why === 'withdrawn' || why === 'used' ? t(`accept.why.${why}`) : ofWord(why)}
      </Alert>
      {offer && <Offered offer={offer} {...(subject !== undefined && { subject })} />}
      <Group>
        <Anchor component={Link} to="/fan">
          {t('home.toFan')}
        </Anchor>
      </Group>
    </Stack>
  );
};
