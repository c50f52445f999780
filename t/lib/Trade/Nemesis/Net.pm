package Trade::Nemesis::Net;

# Faults of the connections between nginx, a shard and the broker.

use strict;
use warnings;

use Trade::Process qw(wait_for);

my $CUTS = 5;
my $DELAY = 0.3;

# The answer of a silent shard: of one that never spoke, the second.
my @SILENT = qw(no-answer shard-down);

our %all = (
    # the server never gets them
    'redis-cut-before' => sub { cut($_[0]->proxy, request => 'EVALSHA') },

    # the server has done it, and nobody hears of it
    'redis-cut-after' => sub { cut($_[0]->proxy, reply => 'PLACED 1') },

    # of carts: another slot holds its items, has sold or freed them
    'redis-cut-held' => sub { cut($_[0]->proxy, reply => 'HELD ') },
    'redis-cut-sold' => sub { cut($_[0]->proxy, reply => 'DONE') },

    'redis-stall' => sub {
        my ($w) = @_;
        return stalled($w, $w->proxy, \@SILENT);
    },
    'redis-stall-reply' => sub {
        my ($w) = @_;
        return stalled($w, $w->proxy, \@SILENT, 'reply');
    },
    'redis-refuse' => sub {
        my ($w) = @_;
        my ($p, $mark) = ($w->proxy, $w->mark);
        $p->refuse;
        $p->cut;
        return sub {
            my $n = $w->await($mark, 'shard-down');
            $p->pass;
            return $n && "$n answers of shard-down";
        };
    },
    'redis-delay' => sub { delayed($_[0], $_[0]->proxy) },

    'kafka-cut' => sub {
        my ($w) = @_;
        return cut($w->{proxies}{kafka}, reply => '.');
    },
    'kafka-stall-reply' => sub {
        my ($w) = @_;
        return stalled($w, $w->{proxies}{kafka}, ['202'], 'reply');
    },
    'kafka-delay' => sub { delayed($_[0], $_[0]{proxies}{kafka}) },
);

sub cut {
    my ($p, @at) = @_;
    my $before = $p->cuts;
    $p->cut_at(@at, $CUTS);
    return sub {
        my $n = wait_for(sub { $p->cuts - $before }, 10);
        $p->pass;
        return $n && "$n connections were cut";
    };
}

# Until there is one of these answers.
sub stalled {
    my ($w, $p, $signs, @way) = @_;
    my $mark = $w->mark;
    $p->stall(@way);
    return sub {
        my $n = $w->await($mark, @$signs);
        $p->cut;
        $p->pass;
        return $n && "$n answers of " . join ' or ', @$signs;
    };
}

sub delayed {
    my ($w, $p) = @_;
    my $mark = $w->mark;
    $p->delay($DELAY);
    return sub {
        my $n = $w->await($mark, 'slow');
        $p->pass;
        return $n && "$n slow answers";
    };
}

1;
