// Package encode holds hashes, Base64, character sets, URLs and the like.
package encode
