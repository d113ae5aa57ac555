/* The unattended part of a wall: pages, boards in turn, sound, burn-in. Loaded after wall.js, on kiosks only. */
(function () {
  'use strict';
})();
