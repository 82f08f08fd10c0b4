export const lookUpEn = {
  title: 'Look-up',
};
