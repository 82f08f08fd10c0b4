import { Box, Button, Group, List, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { Dialog } from '../../fan/dialog.tsx';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { type Campaign, opsApi } from '../api.ts';
import { reasonAtMost } from '../common/confirm-dialog.tsx';
import { type Count, CountInput } from '../common/count-input.tsx';

interface GivePlacesProps {
  subject: string;
  campaign: Campaign;
  onClose: () => void;
  onDone: (places: number) => void;
}

/** How many places are left to give, where that was fewer than were wanted. */
const leftIn = (error: unknown): number | undefined => {
  if (!(error instanceof FcodeProblem) || error.word !== 'quota_exceeded') return undefined;
  const left = error.reasons.find(({ code }) => code === 'codes_left')?.left;
  return typeof left === 'number' ? left : undefined;
};

/** Gives places that are for everybody to those who wait: what follows from it, how many, and why. */
export const GivePlaces = ({ subject, campaign, onClose, onDone }: GivePlacesProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { campaignId, phase } = campaign;
  const [places, setPlaces] = useState<Count>(undefined);
  const [reason, setReason] = useState('');
  const [wasSent, setSent] = useState(false);
  /** As long as the outcome of a wish is not known, asking again is the same wish: its places are given once. */
  const wish = useRef<{ name: string; key: string }>(undefined);
  const supply = useMutation({
    mutationFn: (body: { places: number; reason: string }) => {
      const name = JSON.stringify(body);
      if (wish.current?.name !== name) wish.current = { name, key: crypto.randomUUID() };
      return opsApi(subject).waitlist.supply(campaignId, body, { idempotencyKey: wish.current.key });
    },
    onSuccess: (given) => {
      onDone(given.places);
      onClose();
    },
    onError: (problem) => {
      if (problem instanceof FcodeProblem && problem.status < 500) wish.current = undefined;
    },
  });
  const left = leftIn(supply.error);
  const placesError = () => {
    if (wasSent && places === undefined) return t('console.campaigns.waitlist.placesNeeded');
    if (left === undefined) return undefined;
    return left === 0
      ? t('console.campaigns.waitlist.noneLeft')
      : t('console.campaigns.waitlist.tooMany', { count: left, number: format.number(left) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    const why = reason.trim();
    if (places !== undefined && why !== '') supply.mutate({ places, reason: why });
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('console.campaigns.waitlist.ask.title')}>
      <Box component="form" onSubmit={submit} noValidate>
        <Stack gap="md">
          <List spacing={6}>
            {([phase === 'scheduled' ? 'early' : 'first', 'second', 'third'] as const).map((place) => (
              <List.Item key={place}>{t(`console.campaigns.waitlist.ask.${place}`)}</List.Item>
            ))}
          </List>
          <CountInput
            label={t('console.campaigns.waitlist.places')}
            value={places}
            onChange={(count) => {
              supply.reset();
              setPlaces(count);
            }}
            error={placesError()}
            min={1}
            max={10_000_000}
            data-autofocus
          />
          <TextInput
            label={t('console.reason')}
            description={t('console.reasonHint')}
            value={reason}
            maxLength={reasonAtMost}
            error={wasSent && reason.trim() === '' && t('console.grants.fault.reason')}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {supply.error && left === undefined && <ProblemAlert error={supply.error} />}
          <Group>
            <Button type="submit" loading={supply.isPending}>
              {t('console.campaigns.waitlist.confirm')}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t('console.cancel')}
            </Button>
          </Group>
        </Stack>
      </Box>
    </Dialog>
  );
};
