// Finds pictures whose names change with their bytes: the manifest knows them.

const answer = await fetch("img/assetgen.manifest.json");
const { assets } = await answer.json();
for (const name of ["sign"]) {
  document.getElementById(name).src = `img/${assets[name].files[0]}`;
}
