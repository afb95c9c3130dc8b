// Loaded only by browsers too old for modules: say so instead of a page that does nothing.
document.getElementById('outdated').removeAttribute('hidden');
