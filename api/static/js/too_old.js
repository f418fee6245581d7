// For browsers that know no modules and so never begin: says so, and the way without them.
document.querySelector('[data-screen="loading"]').hidden = true;
document.querySelector('[data-screen="too-old"]').hidden = false;
