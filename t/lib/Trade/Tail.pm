package Trade::Tail;

# Looks into histories while load still writes them, and counts: attempts, and
# how they ended.
#
#   my $tail = Trade::Tail->new(file);
#   my $mark = $tail->mark;
#   ...
#   $tail->since($mark, '202')          so many since
#
# Counted are `attempts`; each status, problem and other end by its name;
# `slow`: answers that took more than 250 ms.

use strict;
use warnings;

use List::Util qw(sum0);

sub new {
    my ($class, $file) = @_;
    return bless { file => $file, at => 0, rest => '', counts => {} }, $class;
}

sub mark {
    my ($self) = @_;
    $self->_read;
    return { %{ $self->{counts} } };
}

sub since {
    my ($self, $mark, @names) = @_;
    $self->_read;
    return sum0 map { ($self->{counts}{$_} // 0) - ($mark->{$_} // 0) } @names;
}

sub _read {
    my ($self) = @_;
    open my $f, '<', $self->{file} or return;
    seek $f, $self->{at}, 0;
    read $f, my $text, 1 << 26 or return;
    $self->{at} += length $text;
    my @lines = split /\n/, $self->{rest} . $text, -1;
    $self->{rest} = pop @lines;
    my $counts = $self->{counts};
    for (@lines) {
        my @f = split ' ';
        if ($f[0] eq 'A') {
            $counts->{attempts}++;
            next;
        }
        $counts->{ $f[4] }++;
        $counts->{ $f[5] }++ if $f[5] ne '-';
        $counts->{slow}++ if $f[3] > 250_000;
    }
}

1;
