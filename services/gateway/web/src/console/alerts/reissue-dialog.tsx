import { Box, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FcodeProblem } from '../../api.ts';
import { grouped, isWhole } from '../../code-text.ts';
import { Dialog } from '../../fan/dialog.tsx';
import { useProblemText } from '../../language/use-problem-text.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { type LostHold, opsApi } from '../api.ts';
import { reasonAtMost } from '../common/confirm-dialog.tsx';
import { campaignQuery } from '../grants/queries.ts';
import { alertsKey } from './queries.ts';

const buyers = ['email', 'phone', 'memberId'] as const;
type BuyerKind = (typeof buyers)[number];
const isFilled: Record<BuyerKind, (text: string) => boolean> = {
  email: (text) => /^\S+@\S+\.\S+$/.test(text),
  phone: (text) => /^\+[1-9]\d{6,14}$/.test(text),
  memberId: (text) => text !== '',
};
const buyerOf = (kind: BuyerKind, text: string) => {
  if (kind === 'email') return { email: text };
  return kind === 'phone' ? { phone: text } : { memberId: text };
};

interface ReissueDialogProps {
  isOpen: boolean;
  onClose: () => void;
  subject: string;
  lost: LostHold;
  /** Since when the order has a code again. */
  onDone: (since: string) => void;
}

/** Gives a code to a paid order that lost its own: one that ops have, such as one of a grant. */
export const ReissueDialog = ({ isOpen, onClose, subject, lost, onDone }: ReissueDialogProps) => {
  const { t } = useTranslation();
  const { ofError } = useProblemText();
  const queries = useQueryClient();
  const { data: campaign } = useQuery({ ...campaignQuery(subject, lost.campaignId), enabled: isOpen });
  const skus = campaign?.skus ?? [];
  const [code, setCode] = useState('');
  const [chosen, setChosen] = useState('');
  const [kind, setKind] = useState<BuyerKind>('email');
  const [buyer, setBuyer] = useState('');
  const [reason, setReason] = useState('');
  const [wasSent, setWasSent] = useState(false);
  const sku = chosen === '' ? (skus[0] ?? '') : chosen;

  const reissue = useMutation({
    mutationFn: () => {
      const { holdId, shop, orderId } = lost;
      return opsApi(subject).checkout.reissue({
        holdId,
        shop,
        orderId,
        code: grouped(code),
        sku,
        buyer: buyerOf(kind, buyer.trim()),
        reason: reason.trim(),
      });
    },
    onSuccess: ({ redeemedAt }) => {
      onDone(redeemedAt);
      void queries.invalidateQueries({ queryKey: alertsKey(subject) });
      onClose();
    },
  });
  const isCodes = reissue.error instanceof FcodeProblem && reissue.error.word.startsWith('code_');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    const isComplete = isWhole(code) && isFilled[kind](buyer.trim()) && reason.trim() !== '' && sku !== '';
    if (isComplete) reissue.mutate();
  };
  const codeError = () => {
    if (wasSent && !isWhole(code)) return t('shop.codeNeeded');
    return isCodes ? ofError(reissue.error) : undefined;
  };
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('console.alerts.reissueTitle', { order: lost.orderId })}>
      <Box component="form" onSubmit={submit} noValidate>
        <Stack gap="md">
          <Text size="sm">{t('console.alerts.reissueAbout')}</Text>
          <TextInput
            label={t('console.alerts.code')}
            description={t('console.alerts.codeHint')}
            placeholder={t('shop.codePlaceholder')}
            value={code}
            onChange={(event) => {
              reissue.reset();
              setCode(event.currentTarget.value);
            }}
            error={codeError()}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            data-autofocus
          />
          <NativeSelect
            label={t('console.alerts.sku')}
            value={sku}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={skus}
          />
          <Group gap="sm" align="flex-start">
            <NativeSelect
              label={t('console.alerts.buyer')}
              value={kind}
              onChange={({ currentTarget }) => setKind(buyers.find((one) => one === currentTarget.value) ?? 'email')}
              data={buyers.map((one) => ({ value: one, label: t(`console.alerts.buyerBy.${one}`) }))}
            />
            <TextInput
              label={t(`console.alerts.buyerBy.${kind}`)}
              value={buyer}
              onChange={(event) => setBuyer(event.currentTarget.value)}
              error={wasSent && !isFilled[kind](buyer.trim()) && t(`console.alerts.buyerNeeded.${kind}`)}
              autoComplete="off"
              style={{ flex: '1 1 200px' }}
            />
          </Group>
          <TextInput
            label={t('console.reason')}
            description={t('console.reasonHint')}
            value={reason}
            maxLength={reasonAtMost}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={wasSent && reason.trim() === '' && t('console.grants.fault.reason')}
          />
          {reissue.error && !isCodes && <ProblemAlert error={reissue.error} />}
          <Group>
            <Button type="submit" loading={reissue.isPending}>
              {t('console.alerts.reissue')}
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
