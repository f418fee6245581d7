// Pages that were kept on this phone hold people's addresses: they go when somebody leaves.
export const KEPT = 'staff-day';

export function forgetPages() {
  if ('caches' in window) caches.delete(KEPT);
}
