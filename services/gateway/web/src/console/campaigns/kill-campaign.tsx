import { Alert, Button, Group, List, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../fan/dialog.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import type { Campaign } from '../api.ts';
import { reasonAtMost } from '../common/confirm-dialog.tsx';
import { Part } from './part.tsx';
import { campaignsKey } from './queries.ts';
import { verbsOf } from './verbs.ts';

interface KillCampaignProps {
  subject: string;
  campaign: Campaign;
  onDone: () => void;
}

/** Ends everything at once, for good: whoever does it types the campaign's name, and says why. */
export const KillCampaign = ({ subject, campaign: { campaignId, name }, onDone }: KillCampaignProps) => {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [wasSent, setSent] = useState(false);
  const deed = useMutation({
    mutationFn: () => verbsOf(subject, campaignId).kill(reason.trim()),
    onSuccess: () => {
      setAsking(false);
      onDone();
      return queries.invalidateQueries({ queryKey: campaignsKey(subject) });
    },
  });
  const isNamed = typed.trim() === name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (isNamed && reason.trim() !== '') deed.mutate();
  };
  const open = () => {
    deed.reset();
    setTyped('');
    setReason('');
    setSent(false);
    setAsking(true);
  };
  return (
    <Part title={t('console.campaigns.kill.section')} lead={t('console.campaigns.kill.lead')}>
      <Group>
        <Button variant="outline" color="red.9" onClick={open}>
          {t('console.campaigns.kill.open')}
        </Button>
      </Group>
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('console.campaigns.kill.title', { name })}>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <Alert color="red" variant="light">
              <List spacing={6} size="sm">
                {(['first', 'second', 'third'] as const).map((place) => (
                  <List.Item key={place}>{t(`console.campaigns.kill.${place}`)}</List.Item>
                ))}
              </List>
            </Alert>
            <TextInput
              label={t('console.campaigns.kill.typeName')}
              description={name}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              error={wasSent && !isNamed && t('console.campaigns.kill.nameWrong', { name })}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
            <TextInput
              label={t('console.reason')}
              description={t('console.reasonHint')}
              value={reason}
              maxLength={reasonAtMost}
              onChange={(event) => setReason(event.currentTarget.value)}
              error={wasSent && reason.trim() === '' && t('console.campaigns.kill.reasonNeeded')}
            />
            {deed.error && <ProblemAlert error={deed.error} />}
            <Group>
              <Button type="submit" color="red.9" loading={deed.isPending}>
                {t('console.campaigns.kill.confirm')}
              </Button>
              <Button variant="default" onClick={() => setAsking(false)}>
                {t('console.cancel')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </Part>
  );
};
