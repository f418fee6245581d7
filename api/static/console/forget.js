// The login page: whoever comes here is nobody yet, so nothing of the last one stays in reach.
if ('caches' in window) caches.delete('staff-day');
