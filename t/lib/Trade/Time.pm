package Trade::Time;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(date);

# date(seconds since 1970): the second that it lies in, as 2026-11-29T21:45:00Z.
sub date {
    my @t = gmtime shift;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0];
}

1;
