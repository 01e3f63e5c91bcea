// Package changelog holds the operators that turn one kind of changelog into
// another: ChangelogNormalize makes a full changelog (+I, -U, +U, -D) of an
// upsert stream.
package changelog
