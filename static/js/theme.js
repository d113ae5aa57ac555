/* Runs before anything is painted, so that no wall ever flashes white.
   The key and its two values are those of Ticket Dash: whoever chose there has chosen here. */
(function () {
  'use strict';
  var root = document.documentElement;
  var choice = null;
  try {
    choice = localStorage.getItem('theme');
  } catch (blocked) { /* no storage: follow the system */ }
  if (choice === 'light-mode' || choice === 'dark-mode') {
    root.className = choice;
  }
  root.setAttribute('data-js', '');
})();
