package Trade::Nemesis::Lock;

# Faults of the shard of a lock that hundreds of clients want, beside orders.

use strict;
use warnings;

use Time::HiRes qw(sleep);
use Trade::Process qw(wait_for);

my $CLIENTS = 300;
my $STALL = 1.3;                # s: longer than the gateway waits for a shard

our %all = (
    'lock-kill' => sub {
        my ($w) = @_;
        return hot($w, sub { $_[0]->cmd(qw(CLIENT KILL TYPE normal)) });
    },

    'lock-stall' => sub {
        my ($w) = @_;
        return hot($w, sub {
            $_[0]->signal('STOP');
            sleep $STALL;
            $_[0]->signal('CONT');
        });
    },
);

sub hot {
    my ($w, $fault) = @_;
    my $load = Trade::Process->new(log => "$w->{dir}/lock.log",
        command => ["$ENV{TRADE_OUT}/t/lock_clients", $w->{nginx}->port, 60,
            $CLIENTS, '/lock', 0, '-']);
    $w->await_locks($CLIENTS);
    my ($shard) = grep { () = $_->keys('trade:{*}:queue:hot') }
        values %{ $w->{shards} };
    $fault->($shard) if $shard;
    my $before = $w->locks;
    return sub {
        my $taken = $shard && $w->await_locks($CLIENTS, $before);
        $load->stop;
        return $taken && "the lock was taken $taken times since";
    };
}

1;
