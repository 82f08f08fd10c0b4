import { Button, CloseButton, Group, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CountInput } from '../common/count-input.tsx';
import { newProduct, type ProductDraft } from './draft.ts';
import classes from './fields.module.css';
import type { Form } from './form.ts';

/** What is for sale, and how many of each are kept for codes. */
export const ProductFields = ({ draft: { products }, change, errorOf }: Form) => {
  const { t } = useTranslation();
  const changeOne = (id: number, changed: Partial<ProductDraft>) =>
    change({ products: products.map((product) => (product.id === id ? { ...product, ...changed } : product)) });
  return (
    <Stack gap="xs">
      {products.map(({ id, sku, quantity }, position) => {
        const place = { place: String(position + 1) };
        return (
          <div key={id} className={classes.product}>
            <TextInput
              label={t('console.campaigns.form.sku', place)}
              description={t('console.campaigns.form.skuHint')}
              placeholder={t('console.campaigns.form.skuPlaceholder')}
              value={sku}
              onChange={(event) => changeOne(id, { sku: event.currentTarget.value })}
              error={errorOf(`products.${id}.sku`)}
              maxLength={64}
              withAsterisk
              autoComplete="off"
              spellCheck={false}
            />
            <CountInput
              label={t('console.campaigns.form.quantity')}
              description={t('console.campaigns.form.quantityHint')}
              value={quantity}
              onChange={(count) => changeOne(id, { quantity: count })}
              error={errorOf(`products.${id}.quantity`)}
              min={1}
              max={10_000_000}
            />
            {products.length > 1 && (
              <CloseButton
                mt={50}
                aria-label={t('console.campaigns.form.removeProduct', place)}
                onClick={() => change({ products: products.filter((product) => product.id !== id) })}
              />
            )}
          </div>
        );
      })}
      <Group>
        <Button size="xs" variant="default" onClick={() => change({ products: [...products, newProduct()] })}>
          {t('console.campaigns.form.addProduct')}
        </Button>
      </Group>
    </Stack>
  );
};
