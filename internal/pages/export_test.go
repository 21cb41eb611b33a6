package pages

// MinifiedOrWhy says what is wrong with a file that is served as it is.
var MinifiedOrWhy = minifiedOrWhy
