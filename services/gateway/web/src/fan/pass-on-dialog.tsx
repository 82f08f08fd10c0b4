import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { memberApi, type Transfer } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { campaignsQuery, memberKey } from '../queries.ts';
import { ShownCode } from '../shown-code.tsx';
import { Dialog } from './dialog.tsx';
import { ShownLink } from './shown-link.tsx';
import { useFate } from './use-fate.ts';

interface PassOnDialogProps {
  isOpen: boolean;
  onClose: () => void;
  subject: string;
  name: string;
  campaignId: string;
  code: string;
  pass: Transfer | undefined;
}

/** The offer is made: its link. The secret stands behind the `#`, where no server sees it. */
const Offered = ({ offer: { token = '', until }, text }: { offer: Transfer; text: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const input = useRef<HTMLInputElement>(null);
  // What made it is gone; a keyboard goes on from here.
  useEffect(() => input.current?.focus(), []);
  return (
    <ShownLink
      inputRef={input}
      url={`${location.origin}/accept#${token}`}
      label={t('pass.link')}
      text={text}
      about={t('pass.waits', { date: format.moment(until) })}
    />
  );
};

/** What passing on means, before it is done; then the link for the friend; then who accepted it. */
export const PassOnDialog = ({ isOpen, onClose, subject, name, campaignId, code, pass }: PassOnDialogProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const fateOf = useFate();
  const queries = useQueryClient();
  const { data: campaigns } = useQuery(campaignsQuery(subject));
  const campaign = campaigns?.find((known) => known.campaignId === campaignId);
  const offer = useMutation({
    mutationFn: () => memberApi(subject).offer(code),
    onSettled: () => queries.invalidateQueries({ queryKey: memberKey(subject) }),
  });

  const shown = () => {
    if (pass?.status === 'offered') {
      return <Offered offer={pass} text={t('pass.shareText', { name, campaign: campaign?.name ?? '' })} />;
    }
    if (pass) return <Text role="status">{fateOf(pass)}</Text>;
    const within = campaign?.transferSeconds;
    return (
      <>
        <List spacing={6}>
          <List.Item>{t('pass.one')}</List.Item>
          <List.Item>{t('pass.bound')}</List.Item>
          <List.Item>
            {within === undefined ? t('pass.back') : t('pass.backWithin', { time: format.duration(within) })}
          </List.Item>
        </List>
        {offer.error && <ProblemAlert error={offer.error} />}
        <Group>
          <Button onClick={() => offer.mutate()} loading={offer.isPending}>
            {t('pass.make')}
          </Button>
        </Group>
      </>
    );
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => {
        offer.reset();
        onClose();
      }}
      title={t('pass.title')}
    >
      <Stack gap="md">
        <ShownCode code={code} isUsable={false} />
        {shown()}
      </Stack>
    </Dialog>
  );
};
