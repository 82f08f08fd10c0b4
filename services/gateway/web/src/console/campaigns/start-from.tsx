import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { newestQuery } from './queries.ts';

interface StartFromProps {
  subject: string;
  /** The campaign, or empty; and its name, once it is known. */
  from: string;
  name: string | undefined;
  onChoose: (campaignId: string) => void;
}

/** An earlier campaign to begin with. */
export const StartFrom = ({ subject, from, name: nameOfFrom, onChoose }: StartFromProps) => {
  const { t } = useTranslation();
  const { data } = useQuery(newestQuery(subject));
  const campaigns = data?.items ?? [];
  const isListed = from === '' || campaigns.some(({ campaignId }) => campaignId === from);
  if (campaigns.length === 0) return null;
  return (
    <NativeSelect
      label={t('console.campaigns.form.start')}
      description={t('console.campaigns.form.startHint')}
      value={from}
      onChange={(event) => onChoose(event.currentTarget.value)}
      data={[
        { value: '', label: t('console.campaigns.form.scratch') },
        ...(isListed ? [] : [{ value: from, label: nameOfFrom ?? from }]),
        ...campaigns.map(({ campaignId, name, phase }) => ({
          value: campaignId,
          label: `${name} · ${t(`phase.${phase}`)}`,
        })),
      ]}
      maw={480}
    />
  );
};
