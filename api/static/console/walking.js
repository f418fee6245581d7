// The order of a walk: always to the nearest home that is left; homes without a known place come last.
const RADIUS_M = 6371000;
const rad = (degrees) => (degrees * Math.PI) / 180;

export function metres(one, other) {
  const [lat1, lon1] = one.map(rad);
  const [lat2, lon2] = other.map(rad);
  const h = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.sqrt(h));
}

// stops: each with `position` [latitude, longitude] or null. Returns them in order, from `start`.
export function order(stops, start) {
  const left = stops.filter((stop) => stop.position);
  const walk = [];
  let here = start;
  while (left.length) {
    let nearest = 0;
    left.forEach((stop, place) => {
      if (metres(here, stop.position) < metres(here, left[nearest].position)) nearest = place;
    });
    const [next] = left.splice(nearest, 1);
    walk.push(next);
    here = next.position;
  }
  return walk.concat(stops.filter((stop) => !stop.position));
}
