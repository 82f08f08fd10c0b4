import { Box, Group, NativeSelect, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Invite } from '../api.ts';
import { useFormat } from '../language/use-format.ts';
import { ProductPicture } from './product-picture.tsx';
import type { OnSale } from './use-on-sale.ts';

interface ProductCardProps {
  product: OnSale;
  /** Everything that is on sale, where the buyer may still change the product. */
  choices: OnSale[];
  invite: Invite | undefined;
  onChoose: (sku: string) => void;
}

export const ProductCard = ({ product, choices, invite, onChoose }: ProductCardProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const {
    sku,
    campaign: { name, endsAt },
  } = product;
  const terms = [
    ...(name === undefined ? [] : [t('shop.drop', { name })]),
    ...(endsAt === undefined ? [] : [t('shop.until', { date: format.date(endsAt) })]),
  ];
  return (
    <Paper p="lg" withBorder>
      <Group align="center" wrap="nowrap" gap="lg">
        <Box w={{ base: 88, sm: 120 }} h={{ base: 88, sm: 120 }} style={{ flex: 'none' }}>
          <ProductPicture />
        </Box>
        <Stack gap={4} style={{ flex: 1 }}>
          <Title order={2} size="h3">
            {sku}
          </Title>
          <Text size="sm" fw={600} c="indigo.8">
            {t('shop.product')}
          </Text>
          {terms.map((term) => (
            <Text key={term} size="sm" c="dimmed">
              {term}
            </Text>
          ))}
          {invite && (
            <Text size="sm" data-testid="invited-by">
              {invite.signedAs === undefined ? t('shop.invited') : t('shop.invitedBy', { name: invite.signedAs })}
            </Text>
          )}
          {choices.length > 1 && (
            <NativeSelect
              label={t('shop.productLabel')}
              value={sku}
              onChange={(event) => onChoose(event.currentTarget.value)}
              data={choices.map((choice) => choice.sku)}
            />
          )}
        </Stack>
      </Group>
    </Paper>
  );
};
